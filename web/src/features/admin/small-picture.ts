const sidePixels = 96

/** A picture made small enough for the top of each page, whole and in the middle of a square, as a data URL. @throws for what is no picture */
export async function smallPicture(file: Blob): Promise<string> {
  const address = URL.createObjectURL(file)
  try {
    const picture = new Image()
    picture.src = address
    await picture.decode()
    // A drawing may say no size.
    const [width, height] = [picture.naturalWidth || sidePixels, picture.naturalHeight || sidePixels]
    const scale = sidePixels / Math.max(width, height)
    const canvas = Object.assign(document.createElement('canvas'), { width: sidePixels, height: sidePixels })
    const corner = (side: number) => (sidePixels - side * scale) / 2
    canvas.getContext('2d')!.drawImage(picture, corner(width), corner(height), width * scale, height * scale)
    // As WebP a photograph stays small too; a browser that makes none gives a PNG.
    return canvas.toDataURL('image/webp', 0.9)
  } finally {
    URL.revokeObjectURL(address)
  }
}
