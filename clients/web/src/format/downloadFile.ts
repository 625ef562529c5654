/** Hands a file to the viewer. */
export function saveFile(name: string, data: Uint8Array, contentType: string): void {
  const address = URL.createObjectURL(new Blob([data.slice()], { type: contentType }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name.replace(/[\\/:*?"<>|\s]+/g, "-");
  link.click();
  URL.revokeObjectURL(address);
}
