/** Languages that are written from right to left, as tags. */
export const rightToLeft: readonly string[] = ['ar', 'fa', 'he', 'ur']
