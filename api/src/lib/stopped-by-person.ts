/** Why a signal aborts when a person stops a run: that ends it well. Any other reason leaves it to another attempt. */
export const stoppedByPerson = Symbol('stopped by the person')
