import { Problem } from '$lib/api/problem'
import { t } from '$lib/i18n/index.svelte'
import type { SetupApi } from './api'

export const PICTURES = ['image/png', 'image/jpeg', 'image/webp'] as const
const MOST_BYTES = 5 * 1024 * 1024

/** Sends a picture straight to where pictures are kept, and answers its id. Throws a Problem. */
export async function sendPicture(
  api: Pick<SetupApi, 'openUpload'>,
  file: File,
  fetcher: typeof fetch = fetch,
): Promise<string> {
  const content_type = PICTURES.find((one) => one === file.type)
  if (!content_type) throw new Problem(422, 'invalid_input', t('setup.fault.pictureType'))
  if (file.size > MOST_BYTES) throw new Problem(422, 'invalid_input', t('setup.fault.pictureSize'))
  const { id, url, fields } = await api.openUpload({ content_type, bytes: file.size })
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  form.append('file', file)
  const answer = await fetcher(url, { method: 'POST', body: form }).catch(() => undefined)
  if (!answer?.ok) throw new Problem(answer?.status ?? 0, 'upload', t('setup.fault.upload'))
  return id
}
