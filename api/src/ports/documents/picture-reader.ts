import sharp from 'sharp'

// A program of its own: a picture comes in, the same comes out as models take it: upright, no larger than they look at, and without what it
// says of place, time and camera. It imports nothing of ours.

const sideMax = 1568
const pixelsMax = 100_000_000

// Of all that the library reads, only what is taken: none of its other readers meets a stranger's bytes.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({ operation: ['VipsForeignLoadPngBuffer', 'VipsForeignLoadJpegBuffer', 'VipsForeignLoadWebpBuffer', 'VipsForeignLoadNsgifBuffer'] })
sharp.concurrency(1)

const parts: Buffer[] = []
for await (const part of process.stdin) parts.push(part as Buffer)
const picture = await sharp(Buffer.concat(parts), { limitInputPixels: pixelsMax, failOn: 'error' })
  .autoOrient()
  .resize({ width: sideMax, height: sideMax, fit: 'inside', withoutEnlargement: true })
  .flatten({ background: 'white' })
  .jpeg({ quality: 85 })
  .toBuffer()
process.stdout.write(picture, () => process.exit(0))
