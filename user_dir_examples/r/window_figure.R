# Where heads look, position by position around the target, in every cell: the window figure of `analyze`, in ggplot2.
#
#   Rscript window_figure.R DIR OUT [HEAD ...]      OUT: .pdf, .png or .svg; HEAD: 2.1, all by default
#
# Needs ggplot2 (CRAN; Debian: r-cran-ggplot2).

suppressPackageStartupMessages(library(ggplot2))

read_window <- function(dir, kind = "cross", query = "decision", heads = NULL) {
  d <- read.csv(file.path(dir, "window.csv"), stringsAsFactors = FALSE)
  d <- d[d$kind == kind & d$query == query, ]
  d$of <- paste0(d$layer, ".", d$head)
  unknown <- setdiff(heads, d$of)
  if (length(unknown)) stop("no head ", unknown[1], "; there are ", paste(unique(d$of), collapse = ", "), call. = FALSE)
  if (!is.null(heads)) d <- d[d$of %in% heads, ]
  # a position that fewer than half of the words of some cell reach says more about these words than about the head
  all <- ave(d$n, d$of, d$cell, FUN = max)
  enough <- ave(d$n / all, d$of, d$position, FUN = min) >= 0.5
  d <- d[enough, ]
  d$x <- ifelse(d$position == "EOS", 4.5, suppressWarnings(as.numeric(d$position)))
  d$head <- factor(paste("head", d$of), levels = paste("head", unique(d$of)))
  d$cell <- factor(d$cell, levels = c("TR", "TN", "CR", "CN"))
  d
}

window_figure <- function(d) {
  # color and shape say what stands in target position; line and filling, what stands in trigger position
  color <- c(TR = "#004488", TN = "#004488", CR = "#BB5566", CN = "#BB5566")
  look <- aes(x, mean_mass, color = cell, shape = cell, linetype = cell, fill = cell)
  ggplot(d, look) +
    annotate("rect", xmin = 4.05, xmax = 4.95, ymin = -Inf, ymax = Inf, fill = "gray96") +
    geom_line(data = d[d$position != "EOS", ]) +
    geom_point(size = 1.8) +
    scale_color_manual(values = color) +
    scale_fill_manual(values = c(TR = "#004488", TN = "white", CR = "#BB5566", CN = "white")) +
    scale_shape_manual(values = c(TR = 21, TN = 21, CR = 22, CN = 22)) +
    scale_linetype_manual(values = c(TR = "solid", TN = "22", CR = "solid", CN = "22")) +
    scale_x_continuous(
      breaks = c(-3:3, 4.5), labels = c("\u22123", "\u22122", "\u22121", "target", "+1", "+2", "+3", "EOS")
    ) +
    scale_y_continuous(limits = c(0, 1), breaks = c(0, 0.5, 1)) +
    facet_wrap(~head, ncol = if (nlevels(d$head) > 2) 3 else 1) +
    labs(caption = "T undergoes the process, C does not; R triggers it, N does not",
         x = "segment, counted from the target (EOS: raw weight)", y = "mean share of attention",
         color = NULL, shape = NULL, linetype = NULL, fill = NULL) +
    theme_minimal(base_size = 9) +
    theme(panel.grid.minor = element_blank(), legend.position = "top", axis.text.x = element_text(size = 6.5))
}

if (sys.nframe() == 0) {
  arguments <- commandArgs(trailingOnly = TRUE)
  if (length(arguments) < 2) {
    message("usage: Rscript window_figure.R DIR OUT [HEAD ...]")
    quit(status = 2)
  }
  heads <- if (length(arguments) > 2) arguments[-(1:2)]
  d <- tryCatch(read_window(arguments[1], heads = heads), error = function(problem) {
    message("error: ", conditionMessage(problem))
    quit(status = 2)
  })
  panels <- nlevels(d$head)
  width <- if (panels > 2) 180 else 120
  height <- 30 + 45 * ceiling(panels / if (panels > 2) 3 else 1)
  ggsave(arguments[2], window_figure(d), width = width, height = height, units = "mm", dpi = 200, bg = "white")
}
