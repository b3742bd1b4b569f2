import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/sequelize';
import { Person } from './person.model';

@Injectable()
export class PeopleService {
  constructor(@InjectModel(Person) private readonly people: typeof Person) {}

  async add(name: string): Promise<void> {
    await this.people.create({ name });
  }

  async names(): Promise<string[]> {
    return (await this.people.findAll()).map((person) => person.name);
  }
}
