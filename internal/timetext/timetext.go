// Package timetext turns times into text and text into times, in the two pattern
// languages that Logs Insights has for it: Strftime writes in the conversions of
// strftime (formatDate), a Layout reads in the letters of Java's DateTimeFormatter
// (parseDate). Which letters and zones there are is the language's business
// (lang/insights refuses others with their place); this package is what they mean.
package timetext
