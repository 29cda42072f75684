import mitt from 'mitt'
import type { RunEvents } from './events.ts'

export type EventName = keyof RunEvents

/** Reports what happens in a run. Listeners cannot delay, change or fail the run. */
export interface Bus {
  emit<T extends EventName>(type: T, event: RunEvents[T]): void
  /** Listens to one type of event. `who` names the listener if it fails. Returns a function that ends it. */
  observe<T extends EventName>(who: string, type: T, listener: (event: RunEvents[T]) => unknown): () => void
  observeAll(who: string, listener: (type: EventName, event: RunEvents[EventName]) => unknown): () => void
}

/** mitt calls listeners in a plain loop: one that throws would keep the others from being called and fail the emitter, so each is wrapped. */
export function createBus(): Bus {
  const emitter = mitt<{ [T in EventName]: RunEvents[T] }>()
  const reportFailure = (plugin: string, event: string, error: unknown): void => {
    // If a listener of this event fails too, reporting it would never end.
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
      const wrapper = (event: RunEvents[typeof type]): void => callGuarded(who, type, () => listener(event))
      emitter.on(type, wrapper)
      return () => emitter.off(type, wrapper)
    },
    observeAll(who, listener) {
      const wrapper = (type: EventName, event: RunEvents[EventName]): void => callGuarded(who, type, () => listener(type, event))
      emitter.on('*', wrapper)
      return () => emitter.off('*', wrapper)
    },
  }
}
