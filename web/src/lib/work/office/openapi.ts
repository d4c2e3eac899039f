/** The API's own description (web/openapi.json), as far as the page about it reads it. */
export interface Schema {
  $ref?: string
  type?: string
  format?: string
  title?: string
  description?: string
  enum?: readonly unknown[]
  const?: unknown
  default?: unknown
  pattern?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  items?: Schema
  properties?: Record<string, Schema>
  required?: readonly string[]
  additionalProperties?: boolean | Schema
  anyOf?: readonly Schema[]
  oneOf?: readonly Schema[]
  allOf?: readonly Schema[]
}

export interface Parameter {
  name: string
  in: string
  required?: boolean
  description?: string
  schema?: Schema
}

type Content = Record<string, { schema?: Schema }>

interface Answer {
  description?: string
  content?: Content
}

interface RawOperation {
  operationId?: string
  description?: string
  parameters?: readonly Parameter[]
  requestBody?: { required?: boolean; content: Content }
  responses: Record<string, Answer>
  security?: readonly Record<string, unknown>[]
}

export interface Document {
  paths: Record<string, Record<string, RawOperation>>
  webhooks?: Record<string, Record<string, RawOperation>>
  components: { schemas: Record<string, Schema> }
}

/** One route, or one fact that a webhook is told. */
export interface Operation extends RawOperation {
  id: string
  /** In capitals; none of what a webhook is told. */
  method: string
  path: string
  title: string
}

export interface Area {
  name: string
  operations: readonly Operation[]
}

export interface Line {
  name: string
  schema: Schema
  required: boolean
}

/** Not the routes below /webhooks, by which others tell us. */
const TOLD = 'told by webhooks'

/** Reads the description, which comes with the page that shows it and with no other. */
export async function readApi(): Promise<Document> {
  const { default: text } = await import('../../../../openapi.json?raw')
  return JSON.parse(text) as Document
}

/** All routes by area, which is where their paths begin; then what webhooks are told. */
export function areasOf(api: Document): Area[] {
  const areas = new Map<string, Operation[]>()
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const name = areaOf(path)
      areas.set(name, [...(areas.get(name) ?? []), routeOf(path, method, operation)])
    }
  }
  const told = Object.entries(api.webhooks ?? {}).flatMap(([type, methods]) =>
    Object.values(methods).map((operation) => ({
      ...operation,
      id: `told ${type}`,
      method: '',
      path: type,
      title: '',
    })),
  )
  const all = [...areas].map(([name, operations]) => ({ name, operations }))
  all.sort((one, other) => one.name.localeCompare(other.name, 'en'))
  return told.length ? [...all, { name: TOLD, operations: told }] : all
}

/** Where a path belongs: `/organizer/{id}/events/{id}/orders/...` to `organizer / events / orders`. */
export function areaOf(path: string): string {
  const fixed = path.split('/').filter((part) => part && !part.startsWith('{'))
  const depth = fixed[0] === 'organizer' ? (fixed[1] === 'events' ? 3 : 2) : 1
  return fixed.slice(0, depth).join(' / ')
}

function routeOf(path: string, method: string, operation: RawOperation): Operation {
  const id = operation.operationId ?? ''
  const end = `${path.replace(/\W/g, '_')}_${method}`
  const name = id.endsWith(end) ? id.slice(0, -end.length) : id
  const title = name.replaceAll('_', ' ').trim()
  return {
    ...operation,
    id: `${method} ${path}`,
    method: method.toUpperCase(),
    path,
    title: title.charAt(0).toUpperCase() + title.slice(1),
  }
}

/** The areas with what has all these words in its method, path or title. */
export function found(areas: readonly Area[], words: string): Area[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  return areas
    .map((area) => ({
      ...area,
      operations: area.operations.filter(({ method, path, title }) => {
        const said = `${area.name} ${method} ${path} ${title}`.toLowerCase()
        return wanted.every((word) => said.includes(word))
      }),
    }))
    .filter(({ operations }) => operations.length > 0)
}

/** The schema that a name stands for, with what was said beside the name. */
export function resolved(api: Document, schema: Schema): Schema {
  const { $ref, ...rest } = schema
  const target = $ref && api.components.schemas[nameOf($ref)]
  return target ? resolved(api, { ...target, ...rest }) : schema
}

/** What a value is, in a few words as programmers write it: `Money | null`, `string[]`. */
export function typeOf(schema: Schema): string {
  if (schema.$ref) return nameOf(schema.$ref)
  const several = schema.anyOf ?? schema.oneOf
  if (several) return [...new Set(several.map(typeOf))].join(' | ')
  if (schema.allOf) return schema.allOf.map(typeOf).join(' & ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(' | ')
  if (schema.type === 'array') {
    const item = typeOf(schema.items ?? {})
    return item.includes(' ') ? `(${item})[]` : `${item}[]`
  }
  if (typeof schema.additionalProperties === 'object')
    return `{ [name]: ${typeOf(schema.additionalProperties)} }`
  return schema.format ?? schema.type ?? 'any'
}

/** What a value may not exceed, and what it is where it is left out. */
export function limitsOf(schema: Schema): string[] {
  const said: [string, unknown][] = [
    ['≥', schema.minimum],
    ['≤', schema.maximum],
    ['min length', schema.minLength],
    ['max length', schema.maxLength],
    ['min items', schema.minItems],
    ['max items', schema.maxItems],
    ['pattern', schema.pattern],
    ['default', schema.default === undefined ? undefined : JSON.stringify(schema.default)],
  ]
  return said.flatMap(([name, value]) => (value === undefined || value === null ? [] : [`${name} ${value}`]))
}

/** The schemas inside a value that have fields of their own or names for their values, each by its name. */
export function partsOf(api: Document, schema: Schema): { name: string; schema: Schema }[] {
  if (schema.$ref) {
    const inner = resolved(api, schema)
    if (inner.properties || inner.enum) return [{ name: nameOf(schema.$ref), schema: inner }]
    return partsOf(api, inner)
  }
  if (schema.properties) return [{ name: schema.title ?? '', schema }]
  const inside = [
    ...(schema.anyOf ?? schema.oneOf ?? schema.allOf ?? []),
    ...(schema.items ? [schema.items] : []),
    ...(typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : []),
  ]
  const parts = inside.flatMap((one) => partsOf(api, one))
  return parts.filter(({ name }, at) => parts.findIndex((one) => one.name === name) === at)
}

/** The fields of an object, in the order in which they are described. */
export function fieldsOf(schema: Schema): Line[] {
  return Object.entries(schema.properties ?? {}).map(([name, field]) => ({
    name,
    schema: field,
    required: schema.required?.includes(name) ?? false,
  }))
}

function nameOf(ref: string): string {
  return ref.split('/').at(-1) ?? ref
}
