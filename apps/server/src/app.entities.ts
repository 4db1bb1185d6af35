/** Every entity of the platform and the rooms, for the ORM. */
export const entities = [];
