package jobs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"entente/desk"
)

// divide has a job wait for parts: those that are not known are new, those that
// failed or were cancelled are done again.
func (q *Queue) divide(ctx context.Context, s *sheet, parts []Job) error {
	now := q.now()
	s.Parts = make([]ID, len(parts))
	var changes []desk.Change
	var offers []Notice
	left := 0
	for i, p := range parts {
		p.For = s.For
		at := now.Add(time.Duration(i) * time.Microsecond) // so that they are taken in their order
		part, err := q.read(ctx, p.ID())
		s.Parts[i] = p.ID()
		switch {
		case errors.Is(err, ErrAbsent):
			part = p.sheet(at, false)
		case err != nil:
			return err
		case part.State == Done:
			continue
		case part.State.Ended():
			changes = append(changes, part.reopen(at))
		}
		left++
		part.slip.Cancel = false // it is wanted again
		if !slices.Contains(part.Of, s.id) {
			part.Of = append(part.Of, s.id)
		}
		changes = append(changes, part.changes()...)
		offers = append(offers, part.slip.notice())
	}
	says := s.slip.Says
	s.await(now)
	s.slip.Left, s.slip.Done, s.slip.Total, s.slip.Says = left, len(parts)-left, len(parts), says
	if left > 0 {
		s.State = InParts
	}
	if err := q.put(ctx, s, changes...); err != nil {
		return err
	}
	for _, n := range offers {
		_ = q.post.Offer(ctx, n) // workers find it by themselves
	}
	return nil
}

// tellWhole counts one part less for those who wait for it, and says who need
// wait no longer.
func (q *Queue) tellWhole(ctx context.Context, of []ID) (changes []desk.Change, ready []Notice, err error) {
	for _, id := range of {
		s, err := q.read(ctx, id)
		if errors.Is(err, ErrAbsent) || err == nil && (s.State != InParts || s.slip.Left == 0) {
			continue // it has ended otherwise
		}
		if err != nil {
			return nil, nil, err
		}
		s.slip.Left--
		s.slip.Done++
		if s.slip.Left == 0 {
			s.slip.Due = q.now()
			ready = append(ready, s.slip.notice())
		}
		changes = append(changes, s.slipped())
	}
	return changes, ready, nil
}

// join looks at the parts of a job that is taken up. Where some are being done
// again since, all are returned, to be waited for once more. Its error is for
// parts that ended badly.
func (q *Queue) join(ctx context.Context, s *sheet) (unfinished []Job, err error) {
	var parts []Job
	open, failed, first := 0, 0, ""
	for _, id := range s.Parts {
		part, err := q.read(ctx, id)
		if errors.Is(err, ErrAbsent) { // it was kept too short a time
			s.Parts = nil
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		parts = append(parts, part.job())
		switch {
		case !part.State.Ended():
			open++
		case part.State != Done:
			failed++
			if first == "" {
				first = fmt.Sprintf("%s %s, %s", part.Kind, part.State, part.Says)
			}
		}
	}
	switch {
	case open > 0:
		return parts, nil
	case failed > 0:
		return nil, Permanent(fmt.Errorf("%d of %d parts were not done; the first: %s", failed, len(parts), first))
	}
	return nil, nil
}
