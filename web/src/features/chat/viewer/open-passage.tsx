import { createRoot } from 'react-dom/client'
import { FileViewer, type Passage } from './file-viewer.tsx'

/** Opens over whatever is shown, and is gone when it is closed: the focus goes back to where it was. */
export function openPassage(passage: Passage): void {
  const place = document.body.appendChild(document.createElement('div'))
  const root = createRoot(place)
  root.render(
    <FileViewer
      passage={passage}
      onClose={() => {
        root.unmount()
        place.remove()
      }}
    />,
  )
}
