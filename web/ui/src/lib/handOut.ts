// Giving text to the user: the clipboard, or a file.

/** Whether the text reached the clipboard; pages on plain HTTP beyond loopback have none. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}

/** Saves text as a file. Excel reads UTF-8 only behind a byte order mark, so CSV gets one. */
export function saveFile(name: string, type: 'text/csv' | 'application/json', text: string): void {
  const parts = type === 'text/csv' ? ['\uFEFF', text] : [text];
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(parts, { type: `${type};charset=utf-8` }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
