import type { PlaceConfig } from '#config/place.ts'
import type { Proxies } from '#config/proxies.ts'
import { openFolder } from './folder.ts'
import type { Place } from './place.ts'

/** The client of S3 is loaded where one is named, and only there. */
export async function openPlace(config: PlaceConfig, proxies?: Proxies): Promise<Place> {
  if (config.kind === 'folder') return openFolder(config.folder)
  const { openS3 } = await import('./s3.ts')
  return openS3(config, proxies && { proxies })
}
