// Package xmlfacts turns a FIX dictionary in QuickFIX's XML into facts, the lines that spec/fix describes.
//
//	<field number='54' name='Side' type='CHAR'>          54 CHAR Side
//	  <value enum='1' description='BUY' />        ──►    ⇥1⇥BUY
//	<group name='NoSides' required='Y'>                  message 8 app ExecutionReport 552!(54! 37!)
//	  <field name='Side' required='Y' /> …
//
// What comes out can be read without further checks: every name is resolved to a tag, every component is there and
// holds itself nowhere. What is wrong is told with file, line and element; nothing is passed over, since a venue's
// dictionary that is half understood shows wrong names.
//
// It knows the form only: not which versions there are, nor how dictionaries lie over each other.
package xmlfacts
