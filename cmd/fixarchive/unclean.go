package main

import "github.com/fixarchive/fixarchive"

// warnUnclean tells that a writer is gone that did not close the archive: what it captured last cannot be shown yet.
// Before the answer, since some would take that for all there is.
func (a *app) warnUnclean(r *fixarchive.Reader) (unclean bool, err error) {
	u, err := r.Unclean()
	if u != nil {
		a.log.Warn().Msg("unclean: " + safe(u.String()))
	}
	return u != nil, err
}
