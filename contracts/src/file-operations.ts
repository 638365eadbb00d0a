import * as example from './examples.ts'
import type { fileEndpoints } from './files.ts'
import type { Operation } from './operations.ts'

export const fileOperations: { [Name in keyof typeof fileEndpoints]: Operation<(typeof fileEndpoints)[Name]> } = {
  uploadFile: { summary: 'Keep a file', answer: example.file },
  keepPage: {
    summary: 'Keep a page of the web',
    more: 'As it is now: a file like any other, with its address. Without `https://` it is put before it.',
    body: { url: 'https://example.org/tides' },
    answer: { ...example.file, name: 'Tides.html', mediaType: 'text/html', pages: null, url: 'https://example.org/tides' },
  },
  readFile: { summary: 'Read a file again', more: 'One that could not be read, or was stopped; others stay as they are.', answer: example.file },
  stopReading: {
    summary: 'Stop reading a file',
    more: 'It is kept, without its text; one that is read already stays as it is.',
    answer: example.file,
  },
  files: {
    summary: 'List files',
    more: 'One’s own, and those that others of the organisation let one read. The newest first; `q` searches their names.',
    answer: { items: [example.file], nextCursor: null },
  },
  fileStorage: {
    summary: 'Show how much is kept',
    more: 'Of what the plan keeps; `fileBytesMax` is the most of one file.',
    answer: { files: 12, filesMax: 200, bytes: 48_213_000, fileBytesMax: 33_554_432 },
  },
  file: { summary: 'Show a file', more: 'What is known of it; its bytes are at `/content`.', answer: example.file },
  fileText: {
    summary: 'Read a file as text',
    more: 'Its passages from the position `from`, from 0; none where nothing of it could be read.',
    answer: {
      name: 'tides.pdf',
      pages: 3,
      url: null,
      createdAt: example.file.createdAt,
      total: 1,
      passages: [{ position: 0, page: 1, heading: null, text: 'High water is twice a day.' }],
    },
  },
  deleteFile: { summary: 'Delete a file', more: 'With all that was made of it. Messages that it came with keep its name alone.' },
}
