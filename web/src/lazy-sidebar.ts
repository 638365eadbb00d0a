/** A conversation can be read and written before the column with the others is there: it comes at the same time, and is not waited for. */
export const loadSidebar = () => import('./sidebar.tsx')
