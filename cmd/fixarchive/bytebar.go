package main

import (
	"io"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// byteBar is a bar of bytes on a terminal, and nothing elsewhere.
type byteBar struct {
	bars *mpb.Progress
	bar  *mpb.Bar
}

func newByteBar(w io.Writer, what string) *byteBar {
	if !isTerminal(w) {
		return &byteBar{}
	}
	bars := mpb.New(mpb.WithOutput(w), mpb.WithWidth(40))
	return &byteBar{bars: bars, bar: bars.AddBar(0,
		mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(what+" "), decor.CountersKibiByte("% .1f / % .1f")),
		mpb.AppendDecorators(decor.AverageSpeed(decor.SizeB1024(0), "% .1f")),
	)}
}

// at says how far the work has come. One goroutine calls it.
func (p *byteBar) at(done, total int64) {
	if p.bar != nil {
		p.bar.SetTotal(total, false)
		p.bar.SetCurrent(done)
	}
}

// end takes the bar away, however far it came.
func (p *byteBar) end() {
	if p.bar != nil {
		p.bar.Abort(true)
		p.bars.Wait()
	}
}
