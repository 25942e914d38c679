/** Hands a file to the browser's downloads. */
export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has its own hold on the bytes once the click has been handled.
  setTimeout(() => URL.revokeObjectURL(url));
}

/** Hands text to the browser's downloads. */
export function saveText(text: string, name: string, type: string): void {
  saveBlob(new Blob([text], { type: `${type};charset=utf-8` }), name);
}

/** A file name of parts that may hold anything, e.g. a run and a tag; empty parts and the run `.` are left out. */
export function fileName(parts: readonly string[], extension: string): string {
  const base = parts
    .filter((part) => part !== '' && part !== '.')
    .join('_')
    // Separators of folders and what Windows does not take.
    .replace(/[\\/:*?"<>|\s]+/g, '-');
  return `${base}.${extension}`;
}
