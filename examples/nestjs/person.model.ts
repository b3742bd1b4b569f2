import { Column, Model, Table } from 'sequelize-typescript';

@Table
export class Person extends Model<Person, { name: string }> {
  @Column
  declare name: string;
}
