/** A mail, read from its HTML: what it says and in which parts, so that the page shows it in elements of its own. No markup of a mail comes into the page. */

export type Part = string | { label: string; url: string }

export type Block =
  | { kind: 'text'; lines: Part[][] }
  | { kind: 'button'; label: string; url: string }
  | { kind: 'facts'; rows: { label: string; value: string }[] }

export interface Letter {
  direction: 'ltr' | 'rtl'
  language: string
  title: string
  blocks: Block[]
  /** Why one gets it. */
  because: string
}

export function letterIn(html: string): Letter {
  // Styles would be read by the browser even here, where nothing is shown, and its policy complains of them.
  const bare = html.replace(/<style[^>]*>[\s\S]*?<\/style>/g, '').replace(/ style="[^"]*"/g, '')
  const mail = new DOMParser().parseFromString(bare, 'text/html')
  return {
    direction: mail.documentElement.dir === 'rtl' ? 'rtl' : 'ltr',
    language: mail.documentElement.lang,
    title: textOf(mail.querySelector('.title')),
    blocks: [...mail.querySelectorAll('.said, .button, .facts')].map(blockOf),
    because: textOf(mail.querySelector('.foot')),
  }
}

function blockOf(element: Element): Block {
  if (element.matches('.said')) return { kind: 'text', lines: linesOf(element) }
  if (element.matches('.button')) {
    const link = element.querySelector('a')
    return { kind: 'button', label: textOf(link), url: link?.getAttribute('href') ?? '' }
  }
  const rows = [...element.querySelectorAll('tr')].filter((row) => row.querySelector(':scope > .label'))
  return {
    kind: 'facts',
    rows: rows.map((row) => ({
      label: textOf(row.querySelector('.label')),
      value: textOf(row.querySelector('.value')),
    })),
  }
}

function linesOf(paragraph: Element): Part[][] {
  const lines: Part[][] = [[]]
  for (const node of paragraph.childNodes) {
    if (node instanceof Element && node.tagName === 'BR') lines.push([])
    else lines.at(-1)?.push(partOf(node))
  }
  return lines
}

function partOf(node: Node): Part {
  const text = node.textContent ?? ''
  const url = node instanceof Element && node.tagName === 'A' ? node.getAttribute('href') : null
  return url === null ? text : { label: text, url }
}

function textOf(element: Element | null): string {
  return element?.textContent?.trim() ?? ''
}
