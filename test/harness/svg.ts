/** A text as it stands in SVG. */
export const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** Colors of a light page; those of a dark one replace them where the reader prefers that. */
export const STYLE = `<style>
  .page { fill: #ffffff } .text { fill: #1f2328 } .quiet { fill: #59636e } .line { stroke: #1f2328 }
  .own { fill: #1a7f37 } .other { fill: #bc4c00 } .axis { stroke: #d1d9e0 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } .text { fill: #f0f6fc } .quiet { fill: #9198a1 } .line { stroke: #f0f6fc }
    .own { fill: #3fb950 } .other { fill: #f0883e } .axis { stroke: #3d444d }
  }
</style>`;
