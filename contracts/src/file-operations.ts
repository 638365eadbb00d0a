import * as example from './examples.ts'
import type { fileEndpoints } from './files.ts'
import type { Operation } from './operations.ts'

export const fileOperations: { [Name in keyof typeof fileEndpoints]: Operation<(typeof fileEndpoints)[Name]> } = {
  uploadFile: { summary: 'Keep a file', answer: example.file },
  files: { summary: 'List files', more: 'The newest first; `q` searches their names.', answer: { items: [example.file], nextCursor: null } },
  file: { summary: 'Show a file', more: 'What is known of it; its bytes are at `/content`.', answer: example.file },
  fileText: {
    summary: 'Read a file as text',
    more: 'Its passages from the position `from`, from 0; none where nothing of it could be read.',
    answer: {
      name: 'tides.pdf',
      pages: 3,
      total: 1,
      passages: [{ position: 0, page: 1, heading: null, text: 'High water is twice a day.' }],
    },
  },
  deleteFile: { summary: 'Delete a file', more: 'With all that was made of it. Messages that it came with keep its name alone.' },
}
