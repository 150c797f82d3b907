package logexec

import "skywatch/internal/lang/insights"

// logCompare is diff with a range that is any period earlier.
func (c *compiler) logCompare(cmd *insights.LogCompare) {
	c.comparePatterns(func(start, _ int64) int64 { return mover(cmd.Shift, -1)(start) })
}
