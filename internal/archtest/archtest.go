// Package archtest holds the house's rules about itself: which room may import
// which, with the reason beside each arrow, and that every package says what
// it is. It has no code of its own; its tests read the tree's source.
package archtest
