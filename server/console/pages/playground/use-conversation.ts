import { useEffect, useRef, useState } from 'react'
import { ask } from './ask'
import type { Answer } from './answer'
import { callOf, type Settings, type Turn } from './call'

const isOpen = ({ state }: Answer): boolean => state === 'waiting' || state === 'streaming'

export interface Conversation {
  turns: readonly Turn[]
  isBusy: boolean
  send: (models: readonly string[], prompt: string, settings: Settings) => void
  stop: () => void
  clear: () => void
}

/** A conversation with one or two models at once. Leaving the view stops what is being written. */
export const useConversation = (): Conversation => {
  const [turns, setTurns] = useState<readonly Turn[]>([])
  const stopper = useRef<AbortController | null>(null)
  const stop = (): void => stopper.current?.abort()
  useEffect(() => () => stopper.current?.abort(), [])
  const put = (at: number, model: string, answer: Answer): void =>
    setTurns((before) =>
      before.map((turn, index) => (index === at ? { ...turn, answers: { ...turn.answers, [model]: answer } } : turn)),
    )
  return {
    turns,
    isBusy: turns.some(({ answers }) => Object.values(answers).some(isOpen)),
    send(models, prompt, settings) {
      const { signal } = (stopper.current = new AbortController())
      setTurns([...turns, { prompt, asJson: settings.schema !== null, answers: {} }])
      for (const model of models) {
        void ask(callOf(model, turns, prompt, settings), signal, (answer) => put(turns.length, model, answer))
      }
    },
    stop,
    clear() {
      stop()
      setTurns([])
    },
  }
}
