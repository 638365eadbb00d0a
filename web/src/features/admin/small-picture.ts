const sidePixels = 96

/** A picture made small enough for the top of each page, whole and in the middle of a square, as a data URL. @throws for what is no picture */
export async function smallPicture(file: Blob): Promise<string> {
  const picture = await createImageBitmap(file)
  const scale = sidePixels / Math.max(picture.width, picture.height)
  const [width, height] = [picture.width * scale, picture.height * scale]
  const canvas = Object.assign(document.createElement('canvas'), { width: sidePixels, height: sidePixels })
  canvas.getContext('2d')!.drawImage(picture, (sidePixels - width) / 2, (sidePixels - height) / 2, width, height)
  picture.close()
  // As WebP a photograph stays small too; a browser that makes none gives a PNG.
  return canvas.toDataURL('image/webp', 0.9)
}
