// Package request holds test requests: their editable form, their runs with answer and
// verdict, their curl command lines, and bodies as documents for a screen.
package request
