// SPDX-License-Identifier: MIT
//
// The code blocks of a document, with the marks in its source that tell how they are tested. A mark is a comment on the line before a
// block:
//
//     <!-- not run: REASON -->     nothing runs the block's commands, for this reason
//     <!-- run by: TEST -->        the test at this path runs them

const BLOCK = /(?:^<!-- (not run|run by): (.*) -->\n)?^```(\w*)\n([^]*?)^```$/gm;

// Returns the blocks in their order: {language, text, line, chapter, file, mark, why}. `chapter` is the heading of level 2 above the
// block, `file` the path in its first line (`# /etc/…`), for a block that shows a file, and otherwise null. `mark` is `not run`, `run
// by` or null.
export function blocksOf(document) {
  return Array.from(document.matchAll(BLOCK), (match) => {
    const [, mark = null, why = null, language, text] = match;
    const before = document.slice(0, match.index);
    return {
      language, text, mark, why,
      line: before.split('\n').length,
      chapter: /.*^## ([^\n]*)$/ms.exec(before)?.[1] ?? null,
      file: /^# (\/\S+)\n/.exec(text)?.[1] ?? null,
    };
  });
}
