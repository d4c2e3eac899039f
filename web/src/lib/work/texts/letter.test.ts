import { expect, it } from 'vitest'
import { letterIn } from './letter'

// As mail/layout.html and mail/layout.py write it.
const HTML = `<!doctype html><html lang="ar" dir="rtl"><head><title>S</title>
<style>.page { background: red }</style></head><body class="page" style="margin:0">
<div style="display:none">Preheader</div>
<h1 class="title" style="margin:0">Summer &amp; Fair</h1>
<p class="said" style="margin:16px">Dear Kari,<br>second line</p>
<p class="said" style="margin:16px">Or <a href="https://example.com/x" style="color:#1f5fd0">look</a> here</p>
<table><tr><td class="button"><a href="https://example.com/">Open order</a></td></tr></table>
<table><tr><td class="facts"><table><tr><td class="label" style="x">Ticket</td><td class="value">Pass &lt;b&gt;</td></tr>
</table></td></tr></table>
<td class="pad foot">You get this mail because you ordered.</td>
<table><tr><td class="pad foot" style="a">You get this mail because you ordered.</td></tr></table>
<script>document.title = 'no'</script></body></html>`

it('reads a mail in its parts', () => {
  expect(letterIn(HTML)).toEqual({
    direction: 'rtl',
    language: 'ar',
    title: 'Summer & Fair',
    blocks: [
      { kind: 'text', lines: [['Dear Kari,'], ['second line']] },
      { kind: 'text', lines: [['Or ', { label: 'look', url: 'https://example.com/x' }, ' here']] },
      { kind: 'button', label: 'Open order', url: 'https://example.com/' },
      { kind: 'facts', rows: [{ label: 'Ticket', value: 'Pass <b>' }] },
    ],
    because: 'You get this mail because you ordered.',
  })
})

it('keeps what an organizer has written as text', () => {
  const { blocks } = letterIn('<p class="said">a &lt;img src=x&gt; style=&quot;x&quot; b</p>')
  expect(blocks).toEqual([{ kind: 'text', lines: [['a <img src=x> style="x" b']] }])
})
