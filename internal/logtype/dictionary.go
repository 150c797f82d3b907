package logtype

import (
	"fmt"

	"skywatch/internal/colenc"
)

// Dictionary decodes the values of a dictionary column alone, without the
// number that each row has. A copy has that of the variable it repeats.
func (b *Block) Dictionary(t, k int, dst *colenc.Strings) error {
	c := &b.Templates[t].Columns[k]
	if c.Kind == KindCopy {
		c = &b.Templates[t].Columns[c.Of]
	}
	if c.Kind != KindDict {
		panic("logtype: dictionary of a column of " + c.Kind.String())
	}
	if err := colenc.DecodeStrings(dst, c.parts[0], c.Distinct, maxBlockBytes); err != nil {
		return fmt.Errorf("dictionary of variable %d of template %d: %w", k, t, err)
	}
	return nil
}
