# What interventions at the trigger do to the log-odds, from the words of `intervene`: mean effects, and a mixed model.
#
#   Rscript interventions.R DIR                    DIR: what `intervene` wrote
#
# Needs lme4 (CRAN; Debian: r-cran-lme4).

suppressPackageStartupMessages(library(lme4))
options(width = 120)

read_interventions <- function(dir) {
  d <- read.csv(file.path(dir, "interventions.csv.gz"), encoding = "UTF-8", stringsAsFactors = FALSE)
  stopifnot(all(c("measure", "method", "parts", "place", "layer", "head", "effect", "stem", "suffix") %in% names(d)))
  d$parts[is.na(d$parts) | d$parts == ""] <- "both" # a knock-out takes the whole edge
  d
}

# Mean effect of each intervention in all layers and heads together, in TR, by method: the decrease of the log-odds
# (noising, knock-out, the minimal pair's own input), or what is given back to the minimal pair (denoising).
mean_effects <- function(d, cell = "TR") {
  d <- d[d$layer == "all" & d$head == "all" & d$cell == cell, ]
  found <- aggregate(effect ~ measure + parts + place + method, d, mean)
  found <- reshape(found, idvar = c("measure", "parts", "place"), timevar = "method", direction = "wide")
  names(found) <- sub("effect.", "", names(found), fixed = TRUE)
  methods <- intersect(c("input", "noising", "denoising", "knock-out"), names(found))
  found[order(-apply(found[methods], 1, max, na.rm = TRUE)), c("measure", "parts", "place", methods)]
}

# What an interchange at the trigger does beyond the same at the other segments, over words: the intercept of a model
# with crossed random effects. In one cell there is nothing to vary within stems or suffixes: no slopes.
against_controls <- function(d, measure = "cross", method = "noising", cell = "TR") {
  d <- d[d$measure == measure & d$method == method & d$parts == "both" & d$cell == cell & d$layer == "all" &
    d$head == "all", ]
  of <- function(place) d[d$place == place, c("id", "stem", "suffix", "effect")]
  both <- merge(of("trigger"), of("others"), by = c("id", "stem", "suffix"), suffixes = c("", ".others"))
  both$difference <- both$effect - both$effect.others
  m <- lmer(difference ~ 1 + (1 | stem) + (1 | suffix), both, control = lmerControl(check.conv.singular = "ignore"))
  ends <- suppressMessages(confint(m, "(Intercept)", method = "Wald"))
  data.frame(method = method, words = nrow(both), difference = fixef(m)[[1]], low = ends[1], high = ends[2])
}

if (sys.nframe() == 0) {
  arguments <- commandArgs(trailingOnly = TRUE)
  if (length(arguments) != 1) {
    message("usage: Rscript interventions.R DIR")
    quit(status = 2)
  }
  d <- read_interventions(arguments[1])
  found <- mean_effects(d)
  for (name in setdiff(names(found), c("measure", "parts", "place"))) {
    found[[name]] <- ifelse(is.na(found[[name]]), "", sprintf("%.2f", found[[name]]))
  }
  print(found, row.names = FALSE)
  cat("\nInterchange of cross-attention at the trigger, minus that at the other segments, in TR:\n")
  both <- do.call(rbind, lapply(c("noising", "denoising"), function(method) against_controls(d, method = method)))
  for (name in c("difference", "low", "high")) both[[name]] <- round(both[[name]], 2)
  print(both, row.names = FALSE)
}
