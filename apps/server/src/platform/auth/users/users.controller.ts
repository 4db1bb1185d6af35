import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CreateUser, ListQuery, UpdateUser, User, UserPage } from '@crisol/contracts';
import type { Actor } from '../actor.js';
import { Answers, Caller, IfMatch, Needs } from '../../http/route-decorators.js';
import { UsersService } from './users.service.js';

@ApiTags('users')
@Controller('api/v1/users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Get()
  @Needs('users:admin')
  @Answers(200, UserPage, { id: 'listUsers', summary: 'List users, oldest first' })
  list(@Query({ schema: ListQuery }) query: ListQuery) {
    return this.users.list(query);
  }

  @Post()
  @Needs('users:admin')
  @Answers(201, User, { id: 'createUser', summary: 'Make a user' })
  create(@Caller() actor: Actor, @Body({ schema: CreateUser }) body: CreateUser) {
    return this.users.create(actor, body);
  }

  @Get(':user')
  @Needs('users:admin')
  @Answers(200, User, { id: 'getUser', summary: 'Show a user' })
  get(@Param('user') user: string) {
    return this.users.get(user);
  }

  @Patch(':user')
  @Needs('users:admin')
  @Answers(200, User, { id: 'updateUser', summary: 'Change role, password or standing of a user; ends their sessions' })
  update(
    @Caller() actor: Actor,
    @Param('user') user: string,
    @Body({ schema: UpdateUser }) body: UpdateUser,
    @IfMatch() revision: number | null | undefined,
  ) {
    return this.users.update(actor, user, body, revision);
  }

  @Delete(':user')
  @Needs('users:admin')
  @Answers(204, null, { id: 'removeUser', summary: 'Remove a user with their sessions and personal keys' })
  remove(@Caller() actor: Actor, @Param('user') user: string, @IfMatch() revision: number | null | undefined) {
    return this.users.remove(actor, user, revision);
  }
}
