import { asProblem } from './problem'

const RETRIES = 2
const LONGEST_WAIT_SECONDS = 5

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** Answers what a call has brought, which is nothing where there is nothing to tell. Throws a Problem. */
export async function data<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer
  try {
    answer = await call
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw asProblem(error)
  }
  if (!answer.response.ok) throw asProblem(answer.error, answer.response.status)
  return answer.data as T
}

/** Sends a request again when the server asks for patience (429, 503). Every call of this API may be repeated. */
export async function patient(request: Request, fetcher: typeof fetch): Promise<Response> {
  for (let retries = 0; ; retries++) {
    const response = await fetcher(request.clone())
    const busy = response.status === 503 || response.status === 429
    const wait = Number(response.headers.get('Retry-After') ?? 1)
    if (!busy || retries === RETRIES || !(wait <= LONGEST_WAIT_SECONDS)) return response
    await new Promise((resume) => setTimeout(resume, wait * 1000))
  }
}
