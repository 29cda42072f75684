import mitt from 'mitt'
import type { RunEvents } from './events.ts'

export type EventName = keyof RunEvents

/** The bus tells what happened, never the other way round: who listens cannot delay, change or fail a run. */
export interface Bus {
  emit<T extends EventName>(type: T, event: RunEvents[T]): void
  /** Listens to one kind of event, or to all (`*`). `who` names the listener when it fails. Gives a function that ends it. */
  observe<T extends EventName>(who: string, type: T, listener: (event: RunEvents[T]) => unknown): () => void
  observeAll(who: string, listener: (type: EventName, event: RunEvents[EventName]) => unknown): () => void
}

/** mitt calls listeners in a bare loop, where one that throws starves the rest and fails the emitter; so each is wrapped. */
export function createBus(): Bus {
  const emitter = mitt<{ [T in EventName]: RunEvents[T] }>()
  const reportFailure = (plugin: string, event: string, error: unknown): void => {
    // A listener of this very event that fails again must not go round for ever.
    if (event === 'observer:failed') return
    emitter.emit('observer:failed', { plugin, event, message: error instanceof Error ? error.message : String(error) })
  }
  const callGuarded = (who: string, event: string, call: () => unknown): void => {
    try {
      const result = call()
      if (result instanceof Promise) result.catch((error: unknown) => reportFailure(who, event, error))
    } catch (error) {
      reportFailure(who, event, error)
    }
  }
  return {
    emit: (type, event) => emitter.emit(type, event),
    observe(who, type, listener) {
      const wrapped = (event: RunEvents[typeof type]): void => callGuarded(who, type, () => listener(event))
      emitter.on(type, wrapped)
      return () => emitter.off(type, wrapped)
    },
    observeAll(who, listener) {
      const wrapped = (type: EventName, event: RunEvents[EventName]): void => callGuarded(who, type, () => listener(type, event))
      emitter.on('*', wrapped)
      return () => emitter.off('*', wrapped)
    },
  }
}
