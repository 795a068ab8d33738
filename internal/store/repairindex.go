package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"

	"github.com/fixarchive/fixarchive/internal/disk"
)

// collect notes a good block of the segment at hand.
func (p *planning) collect(at int64, h *block) {
	p.all = append(p.all, span{offset: at, length: h.size(), summary: h.summary})
}

// index plans the index of a segment that has been read, and what the catalogue says of it.
//
// What its index says and the blocks do not gainsay stays, be the blocks damaged: it tells what they held. The rest is
// made as the sink would have made it.
func (p *planning) index(g *segment, size int64) error {
	blocks := p.all
	p.all = nil
	for i := range blocks {
		blocks[i].segment = g.number
	}
	f := derived{path: indexPath(p.dir, g.number), header: p.indexHeader(g.number)}
	if err := p.read(&f); err != nil {
		return err
	}
	kept := agreed(f.spans[:f.placed], blocks, size)
	if len(kept) < f.placed {
		f.doubt("span %d is not what the blocks hold", len(kept)+1)
	}
	want := counted(kept, blocks, g.sealed)
	if len(want) > len(f.spans) {
		f.doubt("it does not tell of all blocks")
	}
	p.decide(&f, want)
	if g.sealed {
		return p.list(g.number, want, blocks, size)
	}
	return nil
}

// agreed is how many of the spans of a segment, from the first on, its blocks do not gainsay.
func agreed(spans, blocks []span, size int64) []span {
	for i := range spans {
		s := &spans[i]
		n := 0
		for n < len(blocks) && blocks[n].offset < s.end() {
			n++
		}
		if s.end() > size || !s.fits(blocks[:n]) || n < len(blocks) && blocks[n].first <= s.last {
			return spans[:i]
		}
		blocks = blocks[n:]
	}
	return spans
}

// fits reports whether the good blocks up to the end of a span are what it sums up, or what is left of that.
func (s *span) fits(blocks []span) bool {
	var sum span
	for i := range blocks {
		b := &blocks[i]
		if b.offset < s.offset || b.end() > s.end() || b.epoch != s.epoch || b.first < s.first || b.last > s.last {
			return false
		}
		sum.length += b.length
		sum.join(&b.summary)
	}
	return sum.length < s.length || sum.summary == s.summary
}

// counted adds to spans those of the blocks behind them, as Log.index does; the last one only when the segment is
// sealed.
func counted(spans, blocks []span, sealed bool) []span {
	want := append([]span(nil), spans...)
	from := int64(0)
	if n := len(want); n > 0 {
		from = want[n-1].end()
	}
	var run span
	for i := range blocks {
		b := &blocks[i]
		if b.offset < from {
			continue
		}
		if !run.takes(b.offset, b.length, &b.summary) {
			want, run = append(want, run), span{}
		}
		run.add(b.segment, b.offset, b.length, &b.summary)
	}
	if sealed && run.records > 0 {
		want = append(want, run)
	}
	return want
}

// list notes what the catalogue is to say of a sealed segment: what its index says, if that reaches from its beginning to
// its end; else what it says already, if the blocks do not gainsay it.
func (p *planning) list(n uint32, index, blocks []span, size int64) error {
	if connected(index, headerSize(p.log)) && len(index) > 0 && index[len(index)-1].end() == size {
		p.entries = append(p.entries, byEpoch(index)...)
		return nil
	}
	if err := p.loadCatalogue(); err != nil {
		return err
	}
	var listed []span
	for i := range p.listed {
		if p.listed[i].segment == n {
			listed = append(listed, p.listed[i])
		}
	}
	if len(listed) > 0 && connected(listed, headerSize(p.log)) && listed[len(listed)-1].end() == size &&
		len(agreed(listed, blocks, size)) == len(listed) {
		p.entries = append(p.entries, listed...)
	}
	return nil
}

func (p *planning) loadCatalogue() error {
	if p.loaded {
		return nil
	}
	f := p.catalogueFile()
	err := p.read(&f)
	p.listed, p.loaded = f.spans, true
	return err
}

func (p *planning) catalogueFile() derived {
	return derived{path: cataloguePath(p.dir), header: p.catalogueHeader()}
}

// catalogues plans the catalogue, when all segments have been read.
func (p *planning) catalogues() error {
	f := p.catalogueFile()
	if err := p.read(&f); err != nil {
		return err
	}
	f.doubt("it does not list the sealed segments as they are")
	p.decide(&f, p.entries)
	return nil
}

// derived is an index or a catalogue as it is.
type derived struct {
	path   string
	header *spansFile

	bytes  []byte // nil: there is none
	spans  []span // that can be read
	placed int    // so many of them stand where they would stand if none before them were missing
	why    string // what is wrong with it, if anything is
	newer  bool   // … is that it is from a newer version, which is not touched
}

// doubt notes what is wrong, unless something is known already.
func (f *derived) doubt(format string, args ...any) {
	if f.why == "" {
		f.why = fmt.Sprintf(format, args...)
	}
}

// read reads an index or catalogue. Only what the file system says is an error.
func (p *planning) read(f *derived) error {
	b, err := disk.ReadFile(p.fs, f.path)
	if errors.Is(err, fs.ErrNotExist) {
		f.doubt("it is missing")
		return nil
	}
	if err != nil {
		return err
	}
	f.bytes = b
	whole := true
	f.spans, err = parseSpans(b, f.header, p.base, func(offset int64, reason string) {
		if whole {
			whole, f.placed = false, int(offset-spansHeader)/spanSize
		}
		f.doubt("offset %d: %s", offset, reason)
	})
	switch {
	case errors.Is(err, ErrTooNew) && !f.versionDamaged():
		f.newer = true
		p.damaged(f.path, 0, "%v", err)
	case err != nil && len(b) > 0:
		f.doubt("%v", err)
	case whole:
		f.placed = len(f.spans)
	}
	if over := (len(b) - spansHeader) % spanSize; err == nil && over != 0 {
		f.doubt("%d bytes behind its last span", over)
	}
	return nil
}

// versionDamaged reports whether a header is one of this version in all but the version: then it is not newer.
func (f *derived) versionDamaged() bool {
	want := appendSpansHeader(nil, f.header)
	return len(f.bytes) >= spansHeader && bytes.Equal(f.bytes[:8], want[:8]) && bytes.Equal(f.bytes[12:spansHeader], want[12:])
}

// decide plans what an index or catalogue needs to hold these spans. The writer makes neither before there is something to
// put in, and leaves either empty where that is gone.
func (p *planning) decide(f *derived, want []span) {
	if f.newer {
		return
	}
	content := appendSpansHeader(nil, f.header)
	seed := p.base
	if f.header.segment != 0 {
		seed = seedOf(p.base, f.header.segment)
	}
	for i := range want {
		content = appendSpan(content, &want[i], seed)
	}
	switch {
	case bytes.Equal(f.bytes, content), len(want) == 0 && len(f.bytes) == 0:
	case len(want) == 0:
		p.move(f.path, "%s; there is nothing that it could tell of yet", f.why)
	default:
		p.plan.Deeds = append(p.plan.Deeds, Deed{Act: Rebuild, Path: f.path, Why: f.why, content: content})
	}
}
