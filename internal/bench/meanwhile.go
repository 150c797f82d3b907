package bench

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// askMeanwhile asks while the day is sent, until the function it returns is
// called: one client that asks all questions in turn, over the whole day, with
// a pause after each answer. With a pause of a second that is a user beside a
// dashboard; without one it is a loop that takes what processor time it gets,
// and shows how the two share it. What the questions answer is not known while
// events arrive; that they are answered is.
func askMeanwhile(ctx context.Context, c *Client, questions []Question, pause time.Duration, r *Report) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	var took []float64 // milliseconds, of question i%len(questions)
	go func() {
		for i := 0; ; i++ {
			began := time.Now()
			if _, err := c.Ask(ctx, &questions[i%len(questions)]); ctx.Err() != nil {
				done <- nil
				return
			} else if err != nil {
				done <- fmt.Errorf("while sending: %w", err)
				return
			}
			took = append(took, ms(time.Since(began)))
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
	}()
	return func() error {
		cancel()
		err := <-done
		if len(took) > 0 {
			worst := 0
			for i := range took {
				if took[i] > took[worst] {
					worst = i
				}
			}
			r.figure(Figure{Name: "questions while ingesting, median", Value: median(slices.Clone(took)), Unit: "ms",
				Detail: fmt.Sprintf("%d asked one after the other, %v after each answer; worst %.0f ms, %q", len(took), pause, took[worst], questions[worst%len(questions)].ID)})
		}
		return err
	}
}
