import { lazy } from 'react'

const load = () => import('./answer-parts.ts')
void load()

export const AnswerDetails = lazy(async () => ({ default: (await load()).AnswerDetails }))
export const BranchSwitcher = lazy(async () => ({ default: (await load()).BranchSwitcher }))
export const Contest = lazy(async () => ({ default: (await load()).Contest }))
export const MadePicture = lazy(async () => ({ default: (await load()).MadePicture }))
export const Outcome = lazy(async () => ({ default: (await load()).Outcome }))
export const Rating = lazy(async () => ({ default: (await load()).Rating }))
export const ReadButton = lazy(async () => ({ default: (await load()).ReadButton }))
export const Reasoning = lazy(async () => ({ default: (await load()).Reasoning }))
export const Recalled = lazy(async () => ({ default: (await load()).Recalled }))
export const Sources = lazy(async () => ({ default: (await load()).Sources }))
export const ToolRow = lazy(async () => ({ default: (await load()).ToolRow }))
