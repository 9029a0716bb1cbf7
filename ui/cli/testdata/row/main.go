// Command row opens the database that is its argument and reads one row of it:
// the least that a program has to do that prints something of a ring.
package main

import (
	"database/sql"
	"fmt"
	"os"

	_ "modernc.org/sqlite"
)

func main() {
	if err := row(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func row(path string) error {
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		return err
	}
	defer db.Close()
	var box []byte
	if err := db.QueryRow(`SELECT box FROM sealed LIMIT 1`).Scan(&box); err != nil {
		return err
	}
	fmt.Println(len(box))
	return nil
}
