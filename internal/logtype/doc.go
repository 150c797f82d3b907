// Package logtype takes log messages apart into templates and typed variables,
// and joins them back to the same bytes.
//
// A machine prints the same few thousand sentences for ever. The messages of a
// block (some thousand rows of one log group) become templates, which are
// static text with holes, and for each hole a column: integers, decimals with
// their digits, moments, UUIDs, addresses, ids, dictionaries, text. A text
// search asks the templates first; the numbers of a REPORT line are columns;
// the rest is small.
//
// # How a message passes through
//
// [Encoder.Add] scans a message into its skeleton (scan.go). Structure comes
// first: lines of a known kind by field (scan_lines.go), the first JSON object of a message by path (scan_json.go); in what is left words
// are static and what holds a digit is a hole. Messages with the same skeleton
// are one leaf. [Encoder.AppendBlock] merges leaves that differ in one word
// (merge.go), puts messages of rare leaves aside as raw text, folds holes that
// never vary into the static text, and gives each other hole the narrowest type
// that writes all of its values exactly (columns.go, columns_text.go); long text with a
// structure of its own becomes a block inside the block.
//
// [Open] reads the templates of a block; [Block.Column] decodes one variable;
// a [Joiner] gives back messages.
//
// The law is that every message comes back byte for byte, whatever it holds:
// what does not fit a type exactly stays text. FuzzRoundTrip holds it.
//
// # Discovered fields
//
// A [Template] says which discovered fields its messages have: each is a
// variable, and [Render] says how its value follows from the variable's text,
// or the template says that this is unknown and the message has to be read.
// What it says holds for every message: whether a message is a Lambda event of
// some type is asked of lambdalog for each one, and the JSON is checked in full
// for each one; both answers are part of the skeleton.
//
// # Layout
//
// Integers are uvarint; "ints", "strings", "bytes" are columns of package
// colenc. A part is uvarint length*2+1 and the bytes, or length*2, and then the
// bytes are the next ones of the body. Text is a length and its bytes.
//
//	byte     version, 1
//	uvarint  rows, message bytes
//	uvarint  number of UUIDs (not in a nested block: it uses those around it)
//	uvarint  length of the header raw, as stored
//	bytes    the header
//	         the UUIDs, 16 bytes each, in the order they were met
//	         the body: the large parts, behind each other
//
//	header:
//	part     ints: the template of each row
//	uvarint  number of templates; per template:
//	    uvarint  rows
//	    byte     bits 0 and 1: JSONKind; 2 and 3: LineKind; 0x10 raw; 0x20 Lambda
//	             fields are known
//	    uvarint  number of variables n
//	    text     n+1 times: static text
//	    n times a column:
//	        text  name;  byte  kind, then
//	        1 number   uvarint number of forms, each byte 0, scale, width, or byte 1
//	                   and a text; byte relative; part: ints; with several forms
//	                   part: ints, the form of each row
//	        2 time     uvarint layout; byte relative; part: ints
//	        3 uuid     part: ints, numbers of UUIDs
//	        4 ipv4     part: ints
//	        5 pattern  text, text mask of the places that vary, byte 1 for upper case,
//	                   part: bytes, two digits each, byte k of all rows behind byte k-1
//	        6 dict     uvarint values; part: strings; part: ints, their numbers
//	        7 text     uvarint bytes; part: strings
//	        8 nested   part: a block
//	        9 copy     uvarint variable
//	    the fields of the JSON, those of a Lambda event, those of a line (none of
//	    these in a raw template): uvarint number, each text name, byte render,
//	    uvarint variable + 1, and for 0 a text, else uvarint last variable less the
//	    first, text before, text after
//
// Relative is 1 when values are less the reference time of their row in the
// layout's unit (numbers: in milliseconds), 2 when less its seconds.
//
// A block has no checksum of its own: whoever stores it has.
package logtype
