const storageName = 'jarvis.push'

/** Whose browser this is told for while no page is open, by id; null for nobody's. A page that is hidden leaves it to that, too. */
export const pushedTo = {
  get: () => localStorage.getItem(storageName),
  set(userId: string | null) {
    if (userId === null) localStorage.removeItem(storageName)
    else localStorage.setItem(storageName, userId)
  },
}
