# Reads one word from an attention dump and prints its weights, one line each.
#
#   Rscript read_attention.R DUMP ID [KIND]        KIND: cross (default), encoder, decoder
#
# Or source() it and use read_attention(). Needs rhdf5 (Bioconductor) or hdf5r (CRAN); where both are installed, the
# environment variable HDF5_LIBRARY can name one of them.

hdf5_library <- Sys.getenv("HDF5_LIBRARY", if (requireNamespace("rhdf5", quietly = TRUE)) "rhdf5" else "hdf5r")

# The whole data set `name` of a shard.
read_all <- function(file, name) {
  if (hdf5_library == "rhdf5") {
    value <- rhdf5::h5read(file, name, bit64conversion = "double")
  } else {
    shard <- hdf5r::H5File$new(file, mode = "r")
    on.exit(shard$close_all())
    value <- shard[[name]]$read()
  }
  if (is.character(value)) Encoding(value) <- "UTF-8"
  value
}

# `count` values of a flat data set after the first `offset`, without reading the rest.
read_some <- function(file, name, offset, count) {
  if (hdf5_library == "rhdf5") {
    return(as.vector(rhdf5::h5read(file, name, start = offset + 1, count = count)))
  }
  shard <- hdf5r::H5File$new(file, mode = "r")
  on.exit(shard$close_all())
  shard[[name]][(offset + 1):(offset + count)]
}

# The best hypothesis for one word.
#
# The array `weights` has the axes layer, head, row, column, as in Python: HDF5 libraries for R hand the axes over in
# reverse order (columns, rows, heads, layers), and aperm() turns them around. EOS is the last row and the last column
# (of the decoder's self-attention: the first column).
read_attention <- function(dump, id, kind = "cross") {
  kinds <- c("cross", "encoder", "decoder")
  if (!kind %in% kinds) stop("unknown kind ", kind, "; known: ", paste(kinds, collapse = ", "), call. = FALSE)
  files <- sort(list.files(dump, pattern = "^attention-.*\\.h5$", full.names = TRUE))
  if (length(files) == 0) stop("no finished shard in ", dump, call. = FALSE)
  for (file in files) {
    found <- which(read_all(file, "id") == id & as.integer(read_all(file, "rank")) == 0L)
    if (length(found) == 0) next
    n <- found[1]
    part <- function(name) {
      # one column a record in R, one row a record in Python
      shape <- as.numeric(matrix(read_all(file, paste0("shape/", name)), nrow = if (name == "log_probs") 1 else 4)[, n])
      offset <- as.numeric(read_all(file, paste0("offset/", name))[n])
      where <- if (name == "log_probs") name else paste0("weights/", name)
      list(values = read_some(file, where, offset, prod(shape)), shape = shape)
    }
    segments <- function(name) strsplit(read_all(file, name)[n], " ", fixed = TRUE)[[1]]
    flat <- part(kind)
    return(list(
      underlying = segments("underlying"),
      surface = segments("surface"),
      log_probs = part("log_probs")$values,
      weights = aperm(array(flat$values, rev(flat$shape)), 4:1)
    ))
  }
  stop("no word ", id, " in ", dump, call. = FALSE)
}

# A data frame with one row a weight, as lme4 and ggplot2 like it.
as_table <- function(word, kind = "cross") {
  rows <- c(if (kind == "encoder") word$underlying else word$surface, "EOS")
  columns <- if (kind == "decoder") c("EOS", word$surface) else c(word$underlying, "EOS")
  size <- dim(word$weights)
  at <- expand.grid(column = seq_len(size[4]), row = seq_len(size[3]), head = seq_len(size[2]), layer = seq_len(size[1]))
  data.frame(
    layer = at$layer, head = at$head, row = at$row, column = at$column,
    from = rows[at$row], to = columns[at$column],
    weight = word$weights[as.matrix(at[, c("layer", "head", "row", "column")])]
  )
}

if (sys.nframe() == 0) {
  arguments <- commandArgs(trailingOnly = TRUE)
  if (!length(arguments) %in% 2:3) {
    message("usage: Rscript read_attention.R DUMP ID [cross|encoder|decoder]")
    quit(status = 2)
  }
  Encoding(arguments) <- "UTF-8"
  kind <- if (length(arguments) == 3) arguments[3] else "cross"
  word <- tryCatch(read_attention(arguments[1], arguments[2], kind), error = function(problem) {
    message("error: ", conditionMessage(problem))
    quit(status = 2)
  })
  table <- as_table(word, kind)
  lines <- sprintf("%d\t%d\t%d\t%d\t%s\t%s\t%.8f", table$layer, table$head, table$row, table$column,
                   table$from, table$to, table$weight)
  # as bytes: Rscript often runs in a locale that knows no IPA
  writeLines(enc2utf8(c(paste(names(table), collapse = "\t"), lines)), useBytes = TRUE)
}
