/** What somebody read, as it is kept. `at`: when it was last written, in milliseconds since the epoch. */
export type Entry = { person: string; key: string; json: string; at: number }

const databaseName = 'jarvis.read'
const storeName = 'read'

let opened: Promise<IDBDatabase> | undefined

/** @throws where the browser keeps nothing, as in a private window of some */
function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(databaseName, 1)
    request.addEventListener('upgradeneeded', () => void request.result.createObjectStore(storeName, { keyPath: ['person', 'key'] }))
    request.addEventListener('error', () => reject(request.error ?? new Error('indexedDB.open')))
    request.addEventListener('success', () => resolve(request.result))
  })
  opened.catch(() => (opened = undefined))
  return opened
}

async function within<T>(mode: IDBTransactionMode, job: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open()
  return await new Promise<T>((resolve, reject) => {
    const transaction = database.transaction(storeName, mode)
    const request = job(transaction.objectStore(storeName))
    // What is not committed when the page goes is lost.
    transaction.commit()
    transaction.addEventListener('complete', () => resolve(request.result))
    transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('indexedDB')))
  })
}

export const write = (entry: Entry) => within('readwrite', (store) => store.put(entry))
export const readOne = (person: string, key: string) => within<Entry | undefined>('readonly', (store) => store.get([person, key]))
export const readAll = () => within<Entry[]>('readonly', (store) => store.getAll())
export const remove = ({ person, key }: Pick<Entry, 'person' | 'key'>) => within('readwrite', (store) => store.delete([person, key]))
export const removeAll = () => within('readwrite', (store) => store.clear())
