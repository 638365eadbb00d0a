export const screenshotsPath = '/api/v1/screenshots'

export const screenshotUrl = (id: string) => `${screenshotsPath}/${id}`
