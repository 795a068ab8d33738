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

// warnUncleanOf is warnUnclean for several archives.
func (a *app) warnUncleanOf(rs *fixarchive.Readers) (unclean bool, err error) {
	all := rs.All()
	if len(all) == 1 {
		return a.warnUnclean(all[0])
	}
	for _, r := range all {
		u, err := r.Unclean()
		if err != nil {
			return unclean, err
		}
		if u != nil {
			a.log.Warn().Str("archive", r.Name()).Msg("unclean: " + safe(u.String()))
			unclean = true
		}
	}
	return unclean, nil
}
