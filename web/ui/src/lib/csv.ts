// Tables as CSV (RFC 4180: commas, CRLF, quotes doubled).

/** A cell as CSV writes it; numbers keep all their digits. */
export function csvCell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) || /^\s|\s$/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}

/** Rows of cells as one text with a final line break. */
export function csvText(rows: Iterable<readonly (string | number | null | undefined)[]>): string {
  const lines: string[] = [];
  for (const row of rows) lines.push(`${row.map(csvCell).join(',')}\r\n`);
  return lines.join('');
}
