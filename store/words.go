package store

import (
	"context"
	"database/sql/driver"
	"errors"

	"tokenring/session"
)

// A text that may contain words of a server is sealed. A second column holds the clear text of
// earlier versions.

// reasonMark is in the clear column if there is a reason why a session ended. It is shown only
// if the reason was not sealed.
const reasonMark = "its reason was not kept, since the vault was locked"

// SealWords sets the vault that seals the words of servers. It must be called once, before the
// store is used. While v is locked, they are neither stored nor shown.
func (s *Store) SealWords(v session.Vault) { s.words = v }

// wordsColumn is the column of a sealed text. The id of the account and the clear text must be
// scanned before it.
type wordsColumn struct {
	words session.Vault // nil: locked
	id    *string       // of the account
	name  string        // of the text
	text  *string
	box   []byte // of the text, set by sealWords
}

// sealWords seals the texts of a row before its transaction begins: fetching the key may wait
// for another process that waits for the transaction.
func sealWords(ctx context.Context, row []any) error {
	var columns []*wordsColumn
	var texts []session.Plain
	for _, column := range row {
		if c, ok := column.(*wordsColumn); ok && *c.text != "" && c.open() {
			columns, texts = append(columns, c), append(texts, session.Plain{Binding: c.binding(), Text: []byte(*c.text)})
		}
	}
	if len(columns) == 0 {
		return nil
	}
	sealed, err := columns[0].words.SealAll(ctx, texts...)
	if err != nil {
		return err
	}
	for i, c := range columns {
		c.box = sealed[i].Box
	}
	return nil
}

func (c *wordsColumn) Value() (driver.Value, error) { return notNull(c.box), nil }

func (c *wordsColumn) Scan(v any) error {
	box, _ := v.([]byte)
	if len(box) == 0 {
		return nil
	}
	*c.text = session.SealedText
	if !c.open() {
		return nil
	}
	switch plain, err := c.words.Open(c.binding(), session.Sealed{Name: c.name, Box: box}); {
	case err == nil:
		*c.text = string(plain)
	case !errors.Is(err, session.ErrVaultLocked):
		*c.text = session.DamagedText
	}
	return nil
}

// open reports whether the vault is open. It does not fetch the key, which listing does not
// need.
func (c *wordsColumn) open() bool { return c.words != nil && c.words.IsOpen() }

func (c *wordsColumn) binding() session.Binding {
	return session.Binding{AccountID: *c.id, Name: c.name}
}

// markColumn is the clear column of a wordsColumn. It tells only that there is a text.
type markColumn struct {
	text *string
	mark string
}

func (c markColumn) Value() (driver.Value, error) {
	if *c.text == "" {
		return "", nil
	}
	return c.mark, nil
}

func (c markColumn) Scan(v any) error {
	*c.text, _ = v.(string)
	return nil
}

// Names of sealed texts.
const (
	eventName  = "event"
	callName   = "call"
	reasonName = "ended"
)

func (s *Store) eventColumns(e *session.Event) []any {
	return append([]any{&e.AccountID, timeColumn{&e.At}, wordColumn[session.EventKind]{&e.Kind, session.EventKinds(), ""}, flagColumn{&e.OK}}, s.textColumns(&e.AccountID, &e.Text)...)
}

// textColumns returns the columns text and box of an event.
func (s *Store) textColumns(accountID, text *string) []any {
	return []any{markColumn{text, ""}, &wordsColumn{words: s.words, id: accountID, name: eventName, text: text}}
}

// reasonColumns returns the columns final and box of a session.
func (s *Store) reasonColumns(accountID, reason *string) []any {
	return []any{markColumn{reason, reasonMark}, &wordsColumn{words: s.words, id: accountID, name: reasonName, text: reason}}
}
