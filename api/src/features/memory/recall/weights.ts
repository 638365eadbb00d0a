/** Made by `npm run eval -- memory --train`, in the order of the features in `recall-index.ts`. */
export const bias = -7
export const weights = [3.06, 0.57, 0.87, 1.64, -0.89, 0.54, 1.58, 4.68, 1.2, 4.33, -2.37, 0.7, 0.3, 1.08, 1.92, 1.02, 2.13, 0.85, 2]
