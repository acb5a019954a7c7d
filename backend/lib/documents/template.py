"""The Typst template of a report. Texts of users come in by `sys.inputs` as JSON and are never read as markup."""

TEMPLATE = r"""
#let data = json(bytes(sys.inputs.data))
#let ink = rgb("#22303C")
#let soft = rgb("#5B6B7A")
#let accent = rgb("#1F5F8B")
#let hair = rgb("#DDE3E8")
#let pad = data.pad * 1pt
#let size = data.size * 1pt
#let pitch = data.pitch * 1pt
#let sizes = data.widths.map(w => w * 1pt)
#let total-width = sizes.sum(default: 0pt)

#set document(title: data.title, date: none)
#set page(
  width: data.width * 1pt,
  height: data.height * 1pt,
  margin: (x: data.side * 1pt, top: data.top * 1pt, bottom: data.bottom * 1pt),
  header: context if data.offset > 0 or counter(page).get().first() > 1 {
    set text(size: 8pt, fill: soft)
    grid(columns: (1fr, auto), data.heading, data.made)
    v(-4pt)
    line(length: 100%, stroke: 0.5pt + hair)
  },
  footer: context {
    set text(size: 8pt, fill: soft)
    let here = counter(page).get().first() + data.offset
    let last = if data.pages > 0 { data.pages } else { counter(page).final().first() + data.more }
    grid(columns: (1fr, auto), data.foot, [Page #here of #last])
  },
)
#set text(font: data.font, size: 9.5pt, fill: ink, lang: "en", fallback: false, hyphenate: false)
#set par(justify: false, leading: 0.6em)

#let heading-cells = data.names.zip(data.aligns).map(((name, side)) => align(
  if side == "right" { right + bottom } else { left + bottom },
  text(weight: 700, size: size, fill: ink, name),
))

#let total-cells = data.totals.map(value => text(weight: 700, size: size, value))

#let sides = data.aligns.map(side => if side == "right" { right } else { left })

#let front() = {
  block(below: 7pt, text(size: 22pt, weight: 700, fill: accent, data.title))
  block(below: 0pt, {
    set text(size: 10pt, fill: soft)
    grid(columns: (1fr, auto), column-gutter: 16pt, data.subtitle, data.made)
  })
  if data.conditions.len() > 0 {
    v(3pt)
    block(text(size: 9pt, fill: soft, "Only rows where " + data.conditions.join(" and ")))
  }
  v(6pt)
  line(length: 100%, stroke: 1.2pt + accent)
  if data.figures.len() > 0 {
    v(4pt)
    let count = data.across
    grid(
      columns: (1fr,) * count,
      row-gutter: 12pt,
      column-gutter: 14pt,
      ..data.figures.map(figure => block({
        text(size: 8.5pt, fill: soft, figure.label)
        linebreak()
        text(size: figure.size * 1pt, weight: 700, fill: ink, figure.value)
      })),
    )
    v(4pt)
  }
  if data.chart != "" {
    v(8pt)
    image(bytes(data.chart), format: "svg", width: 100%)
    if data.chart_note != "" { block(above: 3pt, text(size: 8pt, fill: soft, data.chart_note)) }
  }
  for note in data.notes {
    block(above: 8pt, text(size: 8.5pt, fill: soft, note))
  }
}

#let small-table() = {
  v(10pt)
  set text(size: size)
  show table.cell: set par(leading: 0.45em)
  table(
    columns: sizes,
    align: (x, y) => sides.at(x) + (if y == 0 { bottom } else { top }),
    inset: (x: pad, y: (pitch - size * 0.72) / 2),
    stroke: (x, y) => (
      bottom: if y == 0 { 0.9pt + accent } else { 0.4pt + hair },
    ),
    table.header(repeat: true, ..heading-cells),
    ..data.cells.flatten(),
    ..if data.totals.len() > 0 {
      (table.hline(stroke: 0.9pt + accent), ..total-cells)
    },
  )
}

#let page-of(columns, rows, closing) = {
  block(height: data.header_height * 1pt, below: 0pt, width: total-width, stroke: (bottom: 0.9pt + accent), align(
    bottom,
    grid(columns: sizes, inset: (x: pad, bottom: 4pt), ..heading-cells),
  ))
  let rules = range(1, rows + 1).map(row => (
    curve.move((0pt, pitch * row)),
    curve.line((total-width, pitch * row)),
  )).flatten()
  place(top + left, dy: data.header_height * 1pt, curve(stroke: 0.4pt + hair, ..rules))
  {
    set par(leading: 0pt, linebreaks: "simple")
    set text(size: size, kerning: false, ligatures: false)
    set text(top-edge: pitch / 2 + size * 0.36, bottom-edge: -(pitch / 2 - size * 0.36))
    grid(columns: sizes, inset: (x: pad, y: 0pt), align: sides, ..columns)
  }
  if closing and data.totals.len() > 0 {
    block(above: 0pt, width: total-width, stroke: (top: 0.9pt + accent, bottom: 0.4pt + hair), grid(
      columns: sizes, inset: (x: pad, y: (pitch - size * 0.72) / 2), align: sides, ..total-cells,
    ))
  }
}

#if data.mode == "front" {
  front()
  if data.cells.len() > 0 { small-table() }
} else {
  for (place, part) in data.parts.enumerate() {
    if place > 0 { pagebreak() }
    page-of(part.columns, part.rows, part.closing)
  }
}
"""
