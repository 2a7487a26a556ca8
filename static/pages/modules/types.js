/**
 * What the server says (see /api/openapi.json).
 *
 * @typedef {object} Status
 * @property {string} jobId
 * @property {"pending"|"processing"|"done"|"error"} state
 * @property {number|null} progress percent
 * @property {string} stageLabel
 * @property {number|null} queuePosition 1: next
 * @property {number|null} etaSeconds
 * @property {string|null} resultUrl
 * @property {{code: string, message: string, retryable: boolean}|null} error
 * @property {string} title
 * @property {string} prompt
 * @property {string} pageUrl
 * @property {number} attempt
 * @property {string|null} exportOf the track that this job renders in another format
 * @property {number} workers alive for it
 *
 * @typedef {object} State
 * @property {Status[]} jobs unfinished, oldest first
 * @property {Status[]} finished ended since the cursor that was sent, and shortly before it
 * @property {string} cursor
 * @property {number} pollAfterSeconds
 *
 * @typedef {State & {owner: string, dismissed: string[], urls: Record<string, string>, words: Record<string, string>}} FirstState
 *
 * @typedef {object} Track
 * @property {string} id
 * @property {string} title
 * @property {string} src
 * @property {string} href
 * @property {number} length seconds; 0: not known
 * @property {import("./loop_audio.js").Loop|null} [loop] what of it goes round
 */
export {};
