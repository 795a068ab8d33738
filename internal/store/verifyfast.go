package store

// passOver proves of a segment what its index says: that its spans follow each other, and that each begins with the block
// that it says. What no span covers is read and proved whole.
func (v *verification) passOver(g *segment, src *source) error {
	at := headerSize(v.log)
	spans := v.index
	v.index = nil
	for i := range spans {
		s := &spans[i]
		if s.end() > src.size {
			v.damaged(v.path, src.size, "the segment ends here, its index tells of blocks up to offset %d", spans[len(spans)-1].end())
			v.spoil(g.number)
			break
		}
		if s.offset > at {
			if err := v.blocks(g, src, at, s.offset); err != nil {
				return err
			}
		}
		if err := v.span(g, src, s); err != nil {
			return err
		}
		at = s.end()
	}
	return v.blocks(g, src, at, src.size)
}

// span proves that a span begins where, and with what, the blocks before it end.
func (v *verification) span(g *segment, src *source, s *span) error {
	b := make([]byte, blockHeader)
	n, err := src.read(b, s.offset)
	if err != nil {
		return err
	}
	v.report.IndexEntries++
	v.report.Bytes += int64(n)
	v.done(s.length)
	h, err := readBlockHeader(b[:n])
	switch {
	case err != nil:
		v.damaged(v.path, s.offset, "%v", err)
		v.spoil(g.number)
	case h.first != s.first || h.epoch != s.epoch || h.last > s.last || h.size() > s.length:
		v.damaged(indexPath(v.dir, g.number), 0, "a span says %+v, its first block %+v", *s, h.summary)
		v.spoil(g.number)
	case v.state.Next != 0 && (s.first < v.state.Next || (v.known || v.follows) && s.first != v.state.Next):
		v.damaged(v.path, s.offset, "a span that begins with sequence %d, want %d", s.first, v.state.Next)
		v.spoil(g.number)
	}
	v.report.Records += uint64(s.records)
	v.report.Messages += uint64(s.inbound) + uint64(s.outbound)
	v.report.Gaps += uint64(s.gaps)
	v.known, v.follows = false, true
	v.state.Next, v.state.Epoch, v.end.offset = s.last+1, s.epoch, s.end()
	v.epochs = appendByEpoch(v.epochs, s)
	return nil
}
