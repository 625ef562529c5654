/** Downloads a file to the viewer's device. */
export function saveFile(name: string, data: Uint8Array, contentType: string): void {
  const url = URL.createObjectURL(new Blob([data.slice()], { type: contentType }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name.replace(/[\\/:*?"<>|\s]+/g, "-");
  link.click();
  URL.revokeObjectURL(url);
}
