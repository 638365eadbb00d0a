/** Made by `npm run eval -- memory --train`, in the order of the features in `recall-index.ts`. */
export const bias = -7
export const weights = [3.2, 1.29, 1.18, 1.64, -0.51, 0.8, 1.51, 4.42, 1.14, 3.33, -2.01, 0.59, 0.3, 1.04, 1.46, 1.03, 2.61, 0.72, 2]
