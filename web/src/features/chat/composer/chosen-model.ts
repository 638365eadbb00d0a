import { useQuery } from '@tanstack/react-query'
import { modelsQuery } from '#lib/offers.ts'
import { createStore, useStore } from '#lib/store.ts'

const storageName = 'jarvis.model'
const chosenModel = createStore(localStorage.getItem(storageName) ?? 'auto')

export function chooseModel(id: string) {
  localStorage.setItem(storageName, id)
  chosenModel.set(id)
}

/** `auto`, or a model that this person may use; one that is no longer offered counts as `auto`. */
export function useModel(): string {
  const chosen = useStore(chosenModel)
  const { data } = useQuery(modelsQuery)
  return !data || data.items.some(({ id }) => id === chosen) ? chosen : 'auto'
}
